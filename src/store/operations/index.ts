import { findAnswer, keepAnswer } from './answers.js';
import { addCrops, countCrops, findCrop } from './crops.js';
import { countLabels } from './labels.js';
import { changeOrders, deleteOrdersBefore, findOrder, findOrders } from './orders.js';
import {
  addMessages,
  claimMessage,
  countMessages,
  deadLetters,
  deleteMessagesBefore,
  discardMessage,
  resendMessage,
  settleMessage,
} from './outbox.js';
import { deleteSlidesBefore, slidesBefore } from './retention.js';
import { addReviewChanges, claimSlide, readReview, releaseSlide, reviewState } from './review.js';
import { completeSlide, createSlide, getSlide, listSlides, readSlide, verifySlide } from './slides.js';

/**
 * All that is asked of a store: functions of a transaction and of plain arguments, which give plain results. They wait
 * for nothing but the database, since SQLite runs them in a thread of its own.
 */
export const OPERATIONS = {
  createSlide,
  getSlide,
  readSlide,
  listSlides,
  completeSlide,
  verifySlide,
  readReview,
  reviewState,
  addReviewChanges,
  claimSlide,
  releaseSlide,
  addCrops,
  findCrop,
  countCrops,
  countLabels,
  findAnswer,
  keepAnswer,
  slidesBefore,
  deleteSlidesBefore,
  addMessages,
  claimMessage,
  settleMessage,
  resendMessage,
  discardMessage,
  deadLetters,
  countMessages,
  deleteMessagesBefore,
  changeOrders,
  findOrder,
  findOrders,
  deleteOrdersBefore,
};
